"""Varaa tila, "book a room": find a free one, look at a room and its week, book it, and the receipt.

Everything is asked of booking's public HTTP, as any channel asks it. What was chosen stands in the address, so that it
is there in every language, after a step back, and without script.
"""
