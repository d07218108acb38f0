"""What a variable's bytes mean."""
