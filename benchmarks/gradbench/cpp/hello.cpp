extern "C" void run_square(const long *, const double *const *arrays, double *results) {
    results[0] = arrays[0][0] * arrays[0][0];
}

extern "C" void run_double(const long *, const double *const *arrays, double *results) {
    results[0] = 2 * arrays[0][0];
}
