// The derivative is the transpose of each step, from the last to the first; the places of all steps are kept.
#include <algorithm>
#include <vector>

using Numbers = std::vector<double>;

static void slope(long n, const double *__restrict x, const double *__restrict y, double *__restrict z) {
    z[0] = x[0];
    for (long i = 1; i < n; i++) z[i] = x[i] * y[i - 1];
}

static void away(long n, double h, const double *__restrict y, const double *__restrict k, double *__restrict z) {
    for (long i = 0; i < n; i++) z[i] = y[i] + h * k[i];
}

struct Stages {
    Numbers k1, k2, k3, k4, y2, y3, y4;
    explicit Stages(long n) : k1(n), k2(n), k3(n), k4(n), y2(n), y3(n), y4(n) {}

    void step(long n, double h, const double *x, const double *y) {
        slope(n, x, y, k1.data());
        away(n, h / 2, y, k1.data(), y2.data());
        slope(n, x, y2.data(), k2.data());
        away(n, h / 2, y, k2.data(), y3.data());
        slope(n, x, y3.data(), k3.data());
        away(n, h, y, k3.data(), y4.data());
        slope(n, x, y4.data(), k4.data());
    }

    void ahead(long n, double h, const double *__restrict y, double *__restrict next) const {
        for (long i = 0; i < n; i++) next[i] = y[i] + h / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]);
    }
};

extern "C" void run_primal(const long *integers, const double *const *arrays, double *results) {
    long n = integers[0];
    double h = 2.0 / integers[1];
    Stages stages(n);
    std::fill(results, results + n, 0.0);
    for (long s = 0; s < integers[1]; s++) {
        stages.step(n, h, arrays[0], results);
        stages.ahead(n, h, results, results);
    }
}

// From the cotangent of a slope to those of x, added, and of y, in its own right.
static void back(long n, const double *__restrict x, const double *__restrict y, const double *__restrict of_slope,
                 double *__restrict of_x, double *__restrict of_y) {
    of_x[0] += of_slope[0];
    for (long i = 1; i < n; i++) of_x[i] += of_slope[i] * y[i - 1];
    for (long i = 1; i < n; i++) of_y[i - 1] = of_slope[i] * x[i];
    of_y[n - 1] = 0;
}

extern "C" void run_gradient(const long *integers, const double *const *arrays, double *results) {
    long n = integers[0], steps = integers[1];
    double h = 2.0 / steps;
    const double *x = arrays[0];
    Stages stages(n);
    Numbers places((steps + 1) * n), of_y(n), of_k(n), more(n), all(n);
    for (long s = 0; s < steps; s++) {
        stages.step(n, h, x, &places[s * n]);
        stages.ahead(n, h, &places[s * n], &places[(s + 1) * n]);
    }
    std::fill(results, results + n, 0.0);
    of_y[n - 1] = 1;
    for (long s = steps - 1; s >= 0; s--) {
        const double *y = &places[s * n];
        stages.step(n, h, x, y);
        for (long i = 0; i < n; i++) of_k[i] = h / 6 * of_y[i];
        back(n, x, stages.y4.data(), of_k.data(), results, more.data());
        for (long i = 0; i < n; i++) all[i] = of_y[i] + more[i], of_k[i] = h / 3 * of_y[i] + h * more[i];
        back(n, x, stages.y3.data(), of_k.data(), results, more.data());
        for (long i = 0; i < n; i++) all[i] += more[i], of_k[i] = h / 3 * of_y[i] + h / 2 * more[i];
        back(n, x, stages.y2.data(), of_k.data(), results, more.data());
        for (long i = 0; i < n; i++) all[i] += more[i], of_k[i] = h / 6 * of_y[i] + h / 2 * more[i];
        back(n, x, y, of_k.data(), results, more.data());
        for (long i = 0; i < n; i++) of_y[i] = all[i] + more[i];
    }
}
