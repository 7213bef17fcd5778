"""Schema ml: the risk model. Alone in importing scikit-learn, and only when used."""
