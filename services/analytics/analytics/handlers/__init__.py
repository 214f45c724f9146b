"""What comes in: how the service point is used, and every event of the city's topics."""
