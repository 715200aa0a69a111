// Rows are taken from the first; `next` is a linked list of the columns that are left, which begins at `length`.
#include <algorithm>
#include <vector>

struct Matrix {
    const double *entries;
    long length;
    std::vector<long> next;
    double *gradient;

    Matrix(const double *a, long n, double *g) : entries(a), length(n), next(n + 1), gradient(g) {
        for (long i = 0; i < n; i++) next[i] = i + 1;
        next[n] = 0;
    }

    double minor(long row) {
        if (row == length - 1) return entries[row * length + next[length]];
        double sum = 0, sign = 1;
        for (long before = length, column = next[length]; column < length; before = column, column = next[column]) {
            next[before] = next[column];
            sum += sign * entries[row * length + column] * minor(row + 1);
            next[before] = column;
            sign = -sign;
        }
        return sum;
    }

    // The minor, whose entries' derivatives are added, each times `factor`.
    double minor_and_gradient(long row, double factor) {
        if (row == length - 1) {
            long place = row * length + next[length];
            gradient[place] += factor;
            return entries[place];
        }
        double sum = 0, sign = 1;
        for (long before = length, column = next[length]; column < length; before = column, column = next[column]) {
            long place = row * length + column;
            next[before] = next[column];
            double below = sign * minor_and_gradient(row + 1, factor * sign * entries[place]);
            next[before] = column;
            gradient[place] += factor * below;
            sum += entries[place] * below;
            sign = -sign;
        }
        return sum;
    }
};

extern "C" void run_primal(const long *integers, const double *const *arrays, double *results) {
    results[0] = Matrix(arrays[0], integers[0], nullptr).minor(0);
}

extern "C" void run_gradient(const long *integers, const double *const *arrays, double *results) {
    std::fill(results, results + integers[0] * integers[0], 0.0);
    Matrix(arrays[0], integers[0], results).minor_and_gradient(0, 1);
}
