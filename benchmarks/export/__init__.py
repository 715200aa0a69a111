"""Generated C beside compiled functions, and beside the C that CasADi generates."""
