"""GradBench's evals in Wengert, as a tool that speaks its protocol, and beside JAX, PyTorch and C++.

Source: S. Estep, T. Henriksen et al., GradBench (github.com/gradbench/gradbench), whose evals ``gmm``, ``ba``, ``ht``
and ``lstm`` are those of ADBench (F. Srajer, Z. Kukelova and A. Fitzgibbon, A benchmark of selected algorithmic
differentiation tools on some problems in computer vision and machine learning, 2018), ``llsq``, ``ode`` and ``det``
those of cmpad (B. M. Bell), and ``particle`` and ``saddle`` those of B. A. Pearlmutter and J. M. Siskind (2008).
"""
