// Where the inner function is greatest, its derivative is zero: the outer one's is that with y held.
#include "descent.hpp"

static void highest(const double *start, double *y) {
    y[0] = start[0], y[1] = start[1];
    minimum<2>([](const double *y) { return y[0] * y[0] + y[1] * y[1]; },
               [](const double *y, double *slope) { slope[0] = 2 * y[0], slope[1] = 2 * y[1]; }, y);
}

static void run(const double *const *arrays, double *results) {
    const double *start = arrays[0];
    auto value = [start](const double *x) {
        double y[2];
        highest(start, y);
        return x[0] * x[0] + x[1] * x[1] - y[0] * y[0] - y[1] * y[1];
    };
    auto gradient = [](const double *x, double *slope) { slope[0] = 2 * x[0], slope[1] = 2 * x[1]; };
    results[0] = start[0], results[1] = start[1];
    minimum<2>(value, gradient, results);
    highest(start, results + 2);
}

extern "C" void run_ff(const long *, const double *const *arrays, double *results) { run(arrays, results); }
extern "C" void run_fr(const long *, const double *const *arrays, double *results) { run(arrays, results); }
extern "C" void run_rf(const long *, const double *const *arrays, double *results) { run(arrays, results); }
extern "C" void run_rr(const long *, const double *const *arrays, double *results) { run(arrays, results); }
