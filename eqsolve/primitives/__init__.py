"""The model's primitives as functions of arrays: densities, transaction-cost laws, match kernels."""
