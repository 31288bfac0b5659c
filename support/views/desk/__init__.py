"""Pages in which the staff work tickets."""
