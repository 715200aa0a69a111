// Q is kept as it comes: the diagonal's logarithms, and what is below it column by column.
#include <algorithm>
#include <cmath>
#include <vector>

using Numbers = std::vector<double>;

struct Mixture {
    long d, k, n, below;
    double extra, gamma;
    const double *alpha, *mu, *q, *l, *x;
    Numbers diagonal, sums;

    Mixture(const long *integers, const double *const *arrays)
        : d(integers[0]), k(integers[1]), n(integers[2]), below(d * (d - 1) / 2), extra(integers[3]), gamma(arrays[5][0]),
          alpha(arrays[0]), mu(arrays[1]), q(arrays[2]), l(arrays[3]), x(arrays[4]), diagonal(k * d), sums(k) {
        for (long c = 0; c < k; c++)
            for (long i = 0; i < d; i++) diagonal[c * d + i] = std::exp(q[c * d + i]), sums[c] += q[c * d + i];
    }

    // Q (x - mu) of a component; gives the exponent of its term.
    double whiten(long c, const double *__restrict point, double *__restrict centred, double *__restrict y) const {
        const double *column = l + c * below, *size = &diagonal[c * d];
        for (long i = 0; i < d; i++) centred[i] = point[i] - mu[c * d + i], y[i] = size[i] * centred[i];
        for (long j = 0; j < d; column += d - 1 - j, j++)
            for (long i = j + 1; i < d; i++) y[i] += column[i - j - 1] * centred[j];
        double square = 0;
        for (long i = 0; i < d; i++) square += y[i] * y[i];
        return alpha[c] + sums[c] - square / 2;
    }

    double prior() const {
        double freedom = d + extra + 1, squares = 0, logs = 0, log_gamma = d * (d - 1) / 4.0 * std::log(M_PI);
        for (long j = 0; j < d; j++) log_gamma += std::lgamma((freedom - j) / 2);
        for (double size : diagonal) squares += size * size;
        for (long i = 0; i < k * below; i++) squares += l[i] * l[i];
        for (double sum : sums) logs += sum;
        return k * (freedom * d * std::log(gamma * M_SQRT1_2) - log_gamma) - gamma * gamma * squares / 2 + extra * logs;
    }
};

// exp(v - log(sum(exp(v)))) in its place; gives that logarithm.
static double softmax(long count, double *v) {
    double largest = *std::max_element(v, v + count), sum = 0;
    for (long i = 0; i < count; i++) sum += v[i] = std::exp(v[i] - largest);
    for (long i = 0; i < count; i++) v[i] /= sum;
    return largest + std::log(sum);
}

extern "C" void run_objective(const long *integers, const double *const *arrays, double *results) {
    Mixture mixture(integers, arrays);
    Numbers terms(mixture.k), centred(mixture.d), y(mixture.d), weights(mixture.alpha, mixture.alpha + mixture.k);
    double sum = mixture.prior() - mixture.n * mixture.d / 2.0 * std::log(2 * M_PI);
    for (long i = 0; i < mixture.n; i++) {
        for (long c = 0; c < mixture.k; c++)
            terms[c] = mixture.whiten(c, mixture.x + i * mixture.d, centred.data(), y.data());
        sum += softmax(mixture.k, terms.data());
    }
    results[0] = sum - mixture.n * softmax(mixture.k, weights.data());
}

extern "C" void run_jacobian(const long *integers, const double *const *arrays, double *results) {
    Mixture mixture(integers, arrays);
    long d = mixture.d, k = mixture.k, below = mixture.below;
    double *of_alpha = results, *of_mu = of_alpha + k, *of_q = of_mu + k * d, *of_l = of_q + k * d;
    Numbers terms(k), centred(k * d), y(k * d), weights(mixture.alpha, mixture.alpha + k);
    softmax(k, weights.data());
    for (long c = 0; c < k; c++) of_alpha[c] = -mixture.n * weights[c];
    std::fill(of_mu, of_q, 0.0);
    double precision = mixture.gamma * mixture.gamma;
    for (long i = 0; i < k * d; i++) of_q[i] = mixture.extra - precision * mixture.diagonal[i] * mixture.diagonal[i];
    for (long i = 0; i < k * below; i++) of_l[i] = -precision * mixture.l[i];
    for (long p = 0; p < mixture.n; p++) {
        for (long c = 0; c < k; c++) terms[c] = mixture.whiten(c, mixture.x + p * d, &centred[c * d], &y[c * d]);
        softmax(k, terms.data());
        for (long c = 0; c < k; c++) {
            const double *size = &mixture.diagonal[c * d], *away = &centred[c * d], *column = mixture.l + c * below;
            double *g = &y[c * d], *mean = of_mu + c * d, *of_column = of_l + c * below;
            of_alpha[c] += terms[c];
            for (long i = 0; i < d; i++) {
                g[i] *= -terms[c];
                mean[i] -= size[i] * g[i];
                of_q[c * d + i] += terms[c] + g[i] * away[i] * size[i];
            }
            for (long j = 0; j < d; column += d - 1 - j, of_column += d - 1 - j, j++) {
                double sum = 0;
                for (long i = j + 1; i < d; i++) {
                    sum += column[i - j - 1] * g[i];
                    of_column[i - j - 1] += g[i] * away[j];
                }
                mean[j] -= sum;
            }
        }
    }
}
