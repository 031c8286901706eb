"""What the other samples say about a label: a judge that never saw it, and its neighbours."""

import numpy as np

FOLDS = 5
ROWS_AT_ONCE = 1024


def judge_out_of_fold(
    embeddings: np.ndarray, given: np.ndarray, labels: int, seed: int
) -> np.ndarray:
    """Probabilities [sample, label] by logistic regression on the folds without the sample.

    Needs two different labels among `given`.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import KFold, StratifiedKFold

    rarest = np.unique(given, return_counts=True)[1].min()
    kind = StratifiedKFold if rarest >= FOLDS else KFold
    folds = kind(min(FOLDS, len(given)), shuffle=True, random_state=seed)
    probabilities = np.zeros((len(given), labels))
    for learnt, judged in folds.split(embeddings, given):
        present = np.unique(given[learnt])
        if len(present) == 1:
            probabilities[np.ix_(judged, present)] = 1.0
            continue
        judge = LogisticRegression(C=10.0, max_iter=1000)
        judge.fit(embeddings[learnt], given[learnt])
        probabilities[np.ix_(judged, judge.classes_)] = judge.predict_proba(embeddings[judged])
    return probabilities


def nearest(embeddings: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions and cosines of each row's nearest other rows, nearest first; rows have length 1."""
    count = max(0, min(count, len(embeddings) - 1))
    places = np.zeros((len(embeddings), count), dtype=np.int64)
    cosines = np.zeros((len(embeddings), count))
    for start in range(0, len(embeddings), ROWS_AT_ONCE):
        rows = np.arange(start, min(len(embeddings), start + ROWS_AT_ONCE))
        alike = embeddings[rows] @ embeddings.T
        alike[np.arange(len(rows)), rows] = -np.inf
        order = np.argsort(-alike, axis=1, kind="stable")[:, :count]
        places[rows], cosines[rows] = order, np.take_along_axis(alike, order, axis=1)
    return places, cosines
