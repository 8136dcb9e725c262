namespace SaeKernels.Metrics;

/// <summary>
/// The mean maximum cosine similarity of two dictionaries, in both directions; −1 to 1, higher is better.
/// </summary>
/// <param name="Recall">
/// <c>mmcs_recall</c>: the mean over true directions of the largest cosine with any learned one. Never falls when
/// learned directions are added, so it does not punish a dictionary that is too large. The figure of Sharkey et al.
/// 2022.
/// </param>
/// <param name="Precision">
/// <c>mmcs_precision</c>: the mean over learned directions of the largest cosine with any true one. Falls with learned
/// directions that are not true. This is what HoagyC/sparse_coding's <c>mmcs_to_fixed</c> computes.
/// </param>
public readonly record struct MeanMaxCosine(double Recall, double Precision);
