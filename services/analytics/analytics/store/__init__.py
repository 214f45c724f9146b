"""All SQL of analytics: statements here, the folds in `facts/`, the definitions of the figures in `metrics/`."""
