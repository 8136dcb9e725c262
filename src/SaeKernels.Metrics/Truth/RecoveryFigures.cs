namespace SaeKernels.Metrics;

/// <summary>How well latents tell true features, each judged against the one it resembles most.</summary>
/// <param name="Precision">The mean over latents of TP / (TP + FP); 0 for a latent that never fires.</param>
/// <param name="Recall">The mean over latents of TP / (TP + FN); 0 for a feature that never fires.</param>
/// <param name="F1">The mean over latents of 2 TP / (2 TP + FP + FN); 0 where that is not defined.</param>
/// <param name="Uniqueness">The share of latents that are left if each feature counts one of them only.</param>
public sealed record RecoveryFigures(double Precision, double Recall, double F1, double Uniqueness);
