"""What the training stages share: features, pitch, phonemes, the reference models and the data sources."""
