"""One file a bench. Each has `bench(run)`, which measures and tells what it found, or raises `Wrong`."""
