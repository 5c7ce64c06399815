"""The command line of eqsolve: it reads, prints and exits; every number comes from the library."""
