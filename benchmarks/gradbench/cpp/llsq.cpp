#include <algorithm>

static double residual(long count, const double *x, double t) {
    double left = (t > 0) - (t < 0), power = 1;
    for (long j = 0; j < count; j++, power *= t) left -= x[j] * power;
    return left;
}

extern "C" void run_primal(const long *integers, const double *const *arrays, double *results) {
    double sum = 0;
    for (long i = 0; i < integers[0]; i++) {
        double left = residual(integers[1], arrays[0], arrays[1][i]);
        sum += left * left;
    }
    results[0] = sum / 2;
}

extern "C" void run_gradient(const long *integers, const double *const *arrays, double *results) {
    std::fill(results, results + integers[1], 0.0);
    for (long i = 0; i < integers[0]; i++) {
        double t = arrays[1][i], left = residual(integers[1], arrays[0], t), power = 1;
        for (long j = 0; j < integers[1]; j++, power *= t) results[j] -= left * power;
    }
}
