namespace SaeKernels.Factorization;

/// <summary>What an autoencoder makes of a vector before its nonlinearity: W·(x − b) + c.</summary>
/// <param name="Weights">W [K, width].</param>
/// <param name="Biases">c [K].</param>
public sealed record LinearEncoder(RowMatrix Weights, float[] Biases);
