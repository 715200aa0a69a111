"""How NumPy and tensors meet: universal functions, ``out=``, dispatch, and what NumPy does on its own."""
