#include <algorithm>
#include <cmath>

extern "C" void run_primal(const long *integers, const double *const *arrays, double *results) {
    const double *x = arrays[0], largest = *std::max_element(x, x + integers[0]);
    double sum = 0;
    for (long i = 0; i < integers[0]; i++) sum += std::exp(x[i] - largest);
    results[0] = largest + std::log(sum);
}

extern "C" void run_gradient(const long *integers, const double *const *arrays, double *results) {
    const double *x = arrays[0], largest = *std::max_element(x, x + integers[0]);
    double sum = 0;
    for (long i = 0; i < integers[0]; i++) sum += results[i] = std::exp(x[i] - largest);
    for (long i = 0; i < integers[0]; i++) results[i] /= sum;
}
