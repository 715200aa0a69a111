"""What a tensor has of an array and of a number: methods, properties, elements."""
