// The gates of all steps are kept; the derivative goes through them from the last to the first.
#include <algorithm>
#include <cmath>
#include <vector>

using Numbers = std::vector<double>;

static double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

struct Cell {
    const double *x, *hidden_before, *memory_before;
    Numbers forget, enter, leave, change, memory, squashed, hidden;

    explicit Cell(long b) : forget(b), enter(b), leave(b), change(b), memory(b), squashed(b), hidden(b) {}

    void run(long b, const double *w, const double *c, const double *input, const double *h, const double *m) {
        x = input, hidden_before = h, memory_before = m;
        for (long i = 0; i < b; i++) {
            forget[i] = sigmoid(x[i] * w[i] + c[i]);
            enter[i] = sigmoid(h[i] * w[b + i] + c[b + i]);
            leave[i] = sigmoid(x[i] * w[2 * b + i] + c[2 * b + i]);
            change[i] = std::tanh(h[i] * w[3 * b + i] + c[3 * b + i]);
            memory[i] = m[i] * forget[i] + enter[i] * change[i];
            squashed[i] = std::tanh(memory[i]);
            hidden[i] = leave[i] * squashed[i];
        }
    }

    // of_hidden and of_memory: in, those of what the cell gives; out, those of what it had from the step before.
    void back(long b, const double *w, double *of_w, double *of_c, double *of_hidden, double *of_memory,
              double *of_x) const {
        for (long i = 0; i < b; i++) {
            double m = of_memory[i] + of_hidden[i] * leave[i] * (1 - squashed[i] * squashed[i]);
            double f = m * memory_before[i] * forget[i] * (1 - forget[i]);
            double e = m * change[i] * enter[i] * (1 - enter[i]);
            double o = of_hidden[i] * squashed[i] * leave[i] * (1 - leave[i]);
            double c = m * enter[i] * (1 - change[i] * change[i]);
            of_w[i] += f * x[i], of_w[b + i] += e * hidden_before[i];
            of_w[2 * b + i] += o * x[i], of_w[3 * b + i] += c * hidden_before[i];
            of_c[i] += f, of_c[b + i] += e, of_c[2 * b + i] += o, of_c[3 * b + i] += c;
            of_x[i] = f * w[i] + o * w[2 * b + i];
            of_hidden[i] = e * w[b + i] + c * w[3 * b + i];
            of_memory[i] = m * forget[i];
        }
    }
};

struct Network {
    long layers, count, b;
    const double *main, *extra, *state, *sequence;
    std::vector<Cell> cells;
    Numbers entered, seen;

    Network(const long *integers, const double *const *arrays)
        : layers(integers[0]), count(integers[1] - 1), b(integers[2]), main(arrays[0]), extra(arrays[1]),
          state(arrays[2]), sequence(arrays[3]), cells(count * layers, Cell(b)), entered(count * b), seen(count * b) {}

    const double *weights(long layer) const { return main + 8 * b * layer; }

    double run() {
        double total = 0;
        for (long t = 0; t < count; t++) {
            double *x = &entered[t * b], *y = &seen[t * b], sum = 2;
            for (long i = 0; i < b; i++) x[i] = sequence[t * b + i] * extra[i];
            const double *input = x;
            for (long k = 0; k < layers; k++) {
                const Cell *before = t ? &cells[(t - 1) * layers + k] : nullptr;
                const double *hidden = before ? before->hidden.data() : state + 2 * k * b;
                const double *memory = before ? before->memory.data() : state + (2 * k + 1) * b;
                Cell &cell = cells[t * layers + k];
                cell.run(b, weights(k), weights(k) + 4 * b, input, hidden, memory);
                input = cell.hidden.data();
            }
            for (long i = 0; i < b; i++) sum += std::exp(y[i] = input[i] * extra[b + i] + extra[2 * b + i]);
            double logarithm = std::log(sum);
            for (long i = 0; i < b; i++) total += sequence[(t + 1) * b + i] * (y[i] - logarithm);
        }
        return -total / (count * b);
    }

    void back(double *of_main, double *of_extra) const {
        Numbers of_hidden(layers * b), of_memory(layers * b), passed(b);
        for (long t = count - 1; t >= 0; t--) {
            const double *gold = sequence + (t + 1) * b, *y = &seen[t * b];
            const Cell *row = &cells[t * layers];
            double sum = 2, all = 0;
            for (long i = 0; i < b; i++) sum += std::exp(y[i]), all += gold[i];
            for (long i = 0; i < b; i++) {
                double slope = -(gold[i] - all * std::exp(y[i]) / sum) / (count * b);
                of_extra[b + i] += slope * row[layers - 1].hidden[i];
                of_extra[2 * b + i] += slope;
                passed[i] = slope * extra[b + i];
            }
            for (long k = layers - 1; k >= 0; k--) {
                for (long i = 0; i < b; i++) of_hidden[k * b + i] += passed[i];
                double *of_w = of_main + 8 * b * k;
                row[k].back(b, weights(k), of_w, of_w + 4 * b, &of_hidden[k * b], &of_memory[k * b], passed.data());
            }
            for (long i = 0; i < b; i++) of_extra[i] += passed[i] * sequence[t * b + i];
        }
    }
};

extern "C" void run_objective(const long *integers, const double *const *arrays, double *results) {
    results[0] = Network(integers, arrays).run();
}

extern "C" void run_jacobian(const long *integers, const double *const *arrays, double *results) {
    Network network(integers, arrays);
    long parameters = 8 * network.b * network.layers;
    std::fill(results, results + parameters + 3 * network.b, 0.0);
    network.run();
    network.back(results, results + parameters);
}
