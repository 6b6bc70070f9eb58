"""The routers' published formulae, one query at a time and step by step: nothing is collapsed, nothing is shared with the exporter."""

import math

import numpy as np

Weights = dict[str, np.ndarray]
Given = dict[str, np.ndarray]


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def layers(x: np.ndarray, coefficients: list[np.ndarray], intercepts: list[np.ndarray], activation: str) -> np.ndarray:
    """Outputs [Q, K] of x [Q, d]."""
    act = {"relu": lambda v: v * (v > 0), "tanh": np.tanh, "identity": lambda v: v, "logistic": lambda v: 1 / (1 + np.exp(-v))}
    for i, (w, b) in enumerate(zip(coefficients, intercepts)):
        x = x @ w + b
        if i < len(coefficients) - 1:
            x = act[activation](x)
    return x


def factorization(queries: np.ndarray, table: np.ndarray, project: np.ndarray, classifier: np.ndarray) -> np.ndarray:
    """s[q, m] = w · (p_m / |p_m| ⊙ (T e_q))"""
    scores = np.zeros((len(queries), len(table)))
    for q, e in enumerate(queries.astype(float)):
        projected = project.astype(float) @ e
        for m, p in enumerate(table.astype(float)):
            scores[q, m] = classifier.astype(float) @ (p / math.sqrt((p * p).sum()) * projected)
    return scores


def affine(weights: Weights, name: str, x: np.ndarray) -> np.ndarray:
    return weights[f"{name}.weight"].astype(float) @ x + weights[f"{name}.bias"].astype(float)


def batch_norm(weights: Weights, name: str, x: np.ndarray) -> np.ndarray:
    part = {p: weights[f"{name}.{p}"].astype(float) for p in ("running_mean", "running_var", "weight", "bias")}
    return (x - part["running_mean"]) / np.sqrt(part["running_var"] + 1e-5) * part["weight"] + part["bias"]


def convolve(weights: Weights, layer: int, nodes: list[np.ndarray], edges: list[tuple[int, int, float]]) -> list[np.ndarray]:
    """out_i = x_i + Σ over edges j → i of message(x_j) + edge(a_ij), edge by edge, then the layer's batch norm."""
    out = [x.copy() for x in nodes]
    for source, target, a in edges:
        out[target] += affine(weights, f"encoder_conv_{layer}.lin_msg", nodes[source])
        out[target] += affine(weights, f"encoder_conv_{layer}.lin_edge", np.array([a]))
    return [batch_norm(weights, f"bn{layer}", x) for x in out]


def graph_route(weights: Weights, given: Given, query: np.ndarray) -> np.ndarray:
    """Scores [K] of graphrouter for one query: the graph is built with it as the last query, as LLMRouter does."""
    train, k = given["train_query_embedding"].astype(float), len(given["names"])
    combined = np.vstack([train, query.astype(float)])
    low, high = combined.min(axis=0), combined.max(axis=0)
    rows = np.vstack([train, (query - low) / (high - low)])
    nodes = [affine(weights, "model_align.query_transform", row) for row in rows]
    nodes += [affine(weights, "model_align.llm_transform", row.astype(float)) for row in given["llm_embedding"]]
    first = nodes[len(train)]
    edges = []
    for q in range(len(train)):
        for m in range(k):
            a = affine(weights, "edge_mlp", np.array([float(given["train_performance"][q * k + m])]))[0]
            edges.append((q, len(rows) + m, a if a > 0 else 0.01 * a))
    hidden = [np.where(x > 0, x, 0.01 * x) for x in convolve(weights, 1, nodes, edges)]
    last = convolve(weights, 2, hidden, edges)
    return np.array([(first * last[len(rows) + m]).mean() for m in range(k)])


def personal_route(weights: Weights, given: Given, query: np.ndarray, user: int) -> np.ndarray:
    """Scores [K] of personalizedrouter for one query of a user, without a task."""
    users = weights["model_align.user_transform.weight"].shape[1]
    one_hot = np.eye(users)[max(0, min(user, users - 1))]
    queries = np.vstack([given["query_embedding"], query]).astype(float)
    tasks = np.vstack([given["task_embedding"], np.zeros(given["task_embedding"].shape[1])]).astype(float)
    nodes = [np.concatenate([
        affine(weights, "model_align.task_transform", t), affine(weights, "model_align.query_transform", q),
        affine(weights, "model_align.user_transform", one_hot),
    ]) for t, q in zip(tasks, queries)]
    nodes += [affine(weights, "model_align.llm_transform", row.astype(float)) for row in given["llm_embedding"]]
    first, start = nodes[len(queries) - 1], len(queries)
    edges = []
    for q, m, effect, seen in zip(given["edge_query"], given["edge_llm"], given["edge_effect"], given["edge_seen"]):
        if seen:
            edges.append((int(q), start + int(m), max(0.0, affine(weights, "edge_mlp", np.array([float(effect)]))[0])))
    for u, v in given["llm_edges"]:
        edges.append((start + int(u), start + int(v), max(0.0, affine(weights, "edge_mlp", np.array([1.0]))[0])))
    hidden = [x * (x > 0) for x in convolve(weights, 1, nodes, edges)]
    last = convolve(weights, 2, hidden, edges)
    return np.array([(first * last[start + m]).mean() for m in range(len(given["names"]))])


def cluster_route(
    centers: np.ndarray, performance: np.ndarray, cost: np.ndarray, alpha: float | None, nearest: int, query: np.ndarray,
) -> np.ndarray:
    """Scores [K] of Avengers-Pro for one query: the mean over the nearest clusters of α·p + (1 - α)·(1 - q), each of 0 to 1."""
    query = query.astype(float) / math.sqrt((query.astype(float) ** 2).sum())
    order = sorted(range(len(centers)), key=lambda i: math.dist(centers[i], query))[:nearest]
    total = np.zeros(performance.shape[1])
    for i in order:
        for m in range(performance.shape[1]):
            if alpha is None:
                total[m] += performance[i, m]
                continue
            p = (performance[i, m] - min(performance[i])) / (max(performance[i]) - min(performance[i]))
            total[m] += alpha * p + (1 - alpha) * (1 - cost[i, m] / max(cost[i]))
    return total / nearest
