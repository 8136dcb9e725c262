using System.Reflection;
using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Spreads four 8 × 8 matrices of 16-bit elements from shared memory over a warp: <c>ldmatrix.m8n8.x4</c> of CUDA.
/// </summary>
/// <remarks>
/// Lane l points to row l mod 8 of matrix l / 8. Of each matrix it gets elements 2t and 2t + 1 of row l / 4, t = l mod
/// 4, as one word: with 32-bit elements, element t of the row. Source: PTX ISA, "ldmatrix".
/// </remarks>
internal static class MatrixLoad
{
    /// <summary>Loads a word of each of four matrices; called by all lanes of a warp together.</summary>
    /// <param name="row">This lane's row, in shared memory.</param>
    [IntrinsicImplementation]
    internal static Fragment LoadFour(ref Fragment row)
    {
        ReadOnlySpan<uint> words = WarpExchange.Exchange(row.Word0, row.Word1, row.Word2, row.Word3);
        int word = (Warp.LaneIdx / 4 * WarpExchange.WordsPerLane) + (Warp.LaneIdx % 4);
        const int Matrix = 8 * WarpExchange.WordsPerLane;
        return new Fragment(words[word], words[Matrix + word], words[(2 * Matrix) + word], words[(3 * Matrix) + word]);
    }

    /// <summary>Tells a context how devices load.</summary>
    public static void Register(Context.Builder builder) => builder.GetIntrinsicManager().RegisterMethod(
        typeof(MatrixLoad).GetMethod(nameof(LoadFour), BindingFlags.Static | BindingFlags.NonPublic)!,
        new PTXIntrinsic(typeof(MatrixLoad), nameof(Generate), IntrinsicImplementationMode.GenerateCode));

    private static void Generate(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        string address = PtxText.Address(generator, value[0], "shared");
        string result = PtxText.Vector(PtxText.Result(generator, value));
        generator.Builder.Append($"\tldmatrix.sync.aligned.m8n8.x4.shared.b16\t{result}, [{address}];\n");
    }
}
