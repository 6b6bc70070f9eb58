"""Writes what graphrouter and personalizedrouter need beside their files, from a running router of LLMRouter.

Run it where LLMRouter is installed; it imports numpy alone:

    import sys; sys.path.insert(0, "examples/export")
    import live
    from llmrouter.models import GraphRouter
    live.graph(GraphRouter("configs/graphrouter.yaml"), "graphrouter_inputs.npz")

graphrouter draws the models' features anew at each start unless its YAML has them, so write the file from the process whose
decisions are to be repeated.
"""

from itertools import combinations
from typing import Any

import numpy as np


def graph(router: Any, path: str) -> None:
    """For graphrouter: models [K, L], scaled training queries [N, d], performance [N*K], names [K]."""
    np.savez_compressed(
        path, llm_embedding=router.llm_embedding, train_query_embedding=router.query_embedding_list,
        train_performance=router.performance_list, names=np.array(router.model_names, dtype=str),
    )


def personalized(router: Any, path: str) -> None:
    """For personalizedrouter: models [K, L], queries [N, d], tasks [N, L], edges [E] to models, pairs of models of a family [M, 2]."""
    families = router.form_data.classify_llm_family(router.llm_mapping, router.gnn_config)
    pairs = [pair for places in families.values() for u, v in combinations(places, 2) for pair in ((u, v), (v, u))]
    np.savez_compressed(
        path, llm_embedding=router.llm_description_embedding, query_embedding=router.query_embedding_list,
        task_embedding=router.task_embedding_list, edge_query=np.array(router.edge_org_id), edge_llm=np.array(router.edge_des_id),
        edge_effect=router.effect_list, edge_seen=(np.asarray(router.mask_train) + np.asarray(router.mask_validate)) > 0,
        llm_edges=np.array(pairs, dtype=int).reshape(-1, 2), names=np.array(router.llm_names, dtype=str),
    )
