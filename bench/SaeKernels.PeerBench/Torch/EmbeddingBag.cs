using static TorchSharp.torch;

namespace SaeKernels.PeerBench;

/// <summary>Sums of value · matrix row over the entries of each row: torch.embedding_bag by TorchScript.</summary>
/// <remarks>TorchSharp 0.107 has no method for it.</remarks>
internal static class EmbeddingBag
{
    private const string Script = """
        def bag(index: Tensor, matrix: Tensor, values: Tensor) -> Tensor:
          offsets = torch.arange(0, index.numel(), index.size(1), dtype=4)
          sums = torch.embedding_bag(matrix, index.reshape(-1), offsets, False, 0, False, values.reshape(-1))
          return sums[0]

        """;

    private static readonly jit.CompilationUnit Compiled = jit.compile(Script);

    /// <summary>Returns the sums [rows, columns].</summary>
    /// <param name="index">Rows of the matrix, [rows, k].</param>
    /// <param name="matrix">The matrix.</param>
    /// <param name="values">Weights, [rows, k].</param>
    public static Tensor Sum(Tensor index, Tensor matrix, Tensor values) =>
        (Tensor)Compiled.invoke("bag", index, matrix, values);
}
