"""Pages of rating studies."""
