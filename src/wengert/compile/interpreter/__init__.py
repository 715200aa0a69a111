"""What is known of CPython and NumPy beyond their documentation: layouts, addresses, instructions; it tests itself."""
