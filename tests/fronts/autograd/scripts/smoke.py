"""Smoke carried by a flow that is made free of divergence; the flow is chosen by gradients through all steps."""

import autograd.numpy as np
from autograd import value_and_grad

ROWS = 10


def projected(vx, vy):
    pressure = np.zeros(vx.shape)
    divergence = -0.5 * (np.roll(vx, -1, axis=0) - np.roll(vx, 1, axis=0) + np.roll(vy, -1, 1) - np.roll(vy, 1, 1))
    for _ in range(5):
        around = np.roll(pressure, 1, 0) + np.roll(pressure, -1, 0) + np.roll(pressure, 1, 1) + np.roll(pressure, -1, 1)
        pressure = (divergence + around) / 4.0
    vx = vx - 0.5 * (np.roll(pressure, -1, 0) - np.roll(pressure, 1, 0))
    vy = vy - 0.5 * (np.roll(pressure, -1, 1) - np.roll(pressure, 1, 1))
    return vx, vy


def advected(f, vx, vy):
    rows, columns = f.shape
    ys, xs = np.meshgrid(np.arange(columns), np.arange(rows))
    centre_x, centre_y = (xs - vx).ravel(), (ys - vy).ravel()
    left, top = np.floor(centre_x).astype(int), np.floor(centre_y).astype(int)
    right_part, bottom_part = centre_x - left, centre_y - top
    left, right = np.mod(left, rows), np.mod(left + 1, rows)
    top, bottom = np.mod(top, columns), np.mod(top + 1, columns)
    upper = (1 - right_part) * f[left, top] + right_part * f[right, top]
    lower = (1 - right_part) * f[left, bottom] + right_part * f[right, bottom]
    return np.reshape((1 - bottom_part) * upper + bottom_part * lower, (rows, columns))


def simulated(vx, vy, smoke, count=4):
    for _ in range(count):
        new_x, new_y = advected(vx, vx, vy), advected(vy, vx, vy)
        vx, vy = projected(new_x, new_y)
        smoke = advected(smoke, vx, vy)
    return smoke


grid = np.arange(ROWS)
start = np.exp(-0.3 * ((grid[:, None] - 3.0) ** 2 + (grid - 3.0) ** 2))
goal = np.exp(-0.3 * ((grid[:, None] - 5.0) ** 2 + (grid - 4.0) ** 2))


def distance(params):
    return np.mean((goal - simulated(params[0], params[1], start)) ** 2)


params = 0.01 * np.cos(np.arange(2.0 * ROWS * ROWS)).reshape(2, ROWS, ROWS)
objective = value_and_grad(distance)
for i in range(6):
    value, slopes = objective(params)
    print(i, round(float(value), 6))
    params = params - 40.0 * slopes
