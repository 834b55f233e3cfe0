"""What leads see: all ideas, what is stuck, people, figures, import and export."""
