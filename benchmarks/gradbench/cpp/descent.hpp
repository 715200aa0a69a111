// Gradient descent as GradBench defines it: steps that double after ten, and halve on failure.
#pragma once
#include <cmath>

template <int N, typename Value, typename Gradient> void minimum(Value value, Gradient gradient, double *x) {
    auto length = [](const double *v) {
        double sum = 0;
        for (int i = 0; i < N; i++) sum += v[i] * v[i];
        return std::sqrt(sum);
    };
    double slope[N], next[N], step[N], least = value(x), size = 1e-5;
    int count = 0;
    gradient(x, slope);
    while (length(slope) > 1e-5) {
        if (count == 10) {
            size *= 2, count = 0;
            continue;
        }
        for (int i = 0; i < N; i++) step[i] = -size * slope[i], next[i] = x[i] + step[i];
        if (length(step) <= 1e-5) return;
        double there = value(next);
        if (there < least) {
            for (int i = 0; i < N; i++) x[i] = next[i];
            least = there, count++;
            gradient(x, slope);
        } else {
            size /= 2, count = 0;
        }
    }
}
