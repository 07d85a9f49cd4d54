"""`python -m pingan_lib.cli` does what `pingan` does."""

from pingan_lib.cli import main

if __name__ == "__main__":
    main(prog_name="pingan")
