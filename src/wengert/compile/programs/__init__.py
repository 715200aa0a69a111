"""Programs of a function: one for each signature and path, run, differentiated, and chosen by guards."""
