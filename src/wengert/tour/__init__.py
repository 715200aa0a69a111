"""What ``wengert tour`` shows: derivatives whose values are known, and a fit of real data in both styles."""
