"""`make bench`, or `python -m benchmarks [--quick]` from the root of the repository."""

import os
import sys

if __name__ == "__main__":
    for library in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM"):
        os.environ[f"{library}_NUM_THREADS"] = "1"  # before numpy is imported
    from benchmarks import bench, simulation_bench

    bench.main(quick="--quick" in sys.argv[1:])
    simulation_bench.main(quick="--quick" in sys.argv[1:])
