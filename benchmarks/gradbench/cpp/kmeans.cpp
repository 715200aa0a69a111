#include <algorithm>
#include <cmath>
#include <vector>

static double squared_distance(long d, const double *a, const double *b) {
    double sum = 0;
    for (long l = 0; l < d; l++) sum += (a[l] - b[l]) * (a[l] - b[l]);
    return sum;
}

struct Nearest {
    double distance;
    long centroid;
};

static Nearest nearest(long k, long d, const double *point, const double *centroids) {
    Nearest found{INFINITY, -1};
    for (long j = 0; j < k; j++) {
        double distance = squared_distance(d, point, centroids + j * d);
        if (distance < found.distance) found = {distance, j};
    }
    return found;
}

extern "C" void run_cost(const long *integers, const double *const *arrays, double *results) {
    long n = integers[0], d = integers[1], k = integers[2];
    double sum = 0;
    for (long i = 0; i < n; i++) sum += nearest(k, d, arrays[1] + i * d, arrays[0]).distance;
    results[0] = sum;
}

// The gradient is twice (size of a cluster * centroid - sum of its points), the Hessian twice the size.
extern "C" void run_dir(const long *integers, const double *const *arrays, double *results) {
    long n = integers[0], d = integers[1], k = integers[2];
    std::vector<double> sizes(k);
    std::fill(results, results + k * d, 0.0);
    for (long i = 0; i < n; i++) {
        const double *point = arrays[1] + i * d;
        long j = nearest(k, d, point, arrays[0]).centroid;
        sizes[j] += 1;
        for (long l = 0; l < d; l++) results[j * d + l] += point[l];
    }
    for (long j = 0; j < k; j++)
        for (long l = 0; l < d; l++) results[j * d + l] = arrays[0][j * d + l] - results[j * d + l] / sizes[j];
}
