"""`python -m hopphys` is the command `hopphys`."""

from hopphys.cli import main

if __name__ == "__main__":
    main()
