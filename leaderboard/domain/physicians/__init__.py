"""What physicians said of systems, as a board shows it: means, votes, their order and what it would take to
tell two systems apart. Numbers in, numbers out; groups of raters never meet here."""
