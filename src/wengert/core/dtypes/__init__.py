"""What a dtype is, and computing in one that NumPy only stores."""
