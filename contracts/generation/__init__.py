"""What is made from the models and the topics, and what holds them together."""
