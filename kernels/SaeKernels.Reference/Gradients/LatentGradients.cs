using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   dz = ⟨g, W_dec[j]⟩, ∂W_dec[j] = Σ v·g, ∂W_enc[j] = Σ dz·x̃, ∂b_enc[j] = Σ dz, and their squared norms
/// Work       entries · (5 · DOut + 2 · DIn) FLOP, and 4 · DSae · DOut for the projection
/// Traffic    4 · entries · (DOut + DIn) + 8 · DSae · (DOut + DIn) bytes
/// Launch     one thread, latent after latent
/// Shared     DOut + 2 · DIn float64 of scratch        Barriers  none
/// Order      entries ascending, d ascending, in float64; deterministic
/// Error      (DOut + n + 3) · 2⁻⁵³ · Σ|term| for n entries, and one rounding
/// Source     Gao et al. 2024, §2.3; projection: Bricken et al. 2023, appendix
/// </summary>
internal static class LatentGradients
{
    public static void Run<T>(in LatentGradientsArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        arguments.Validate();
        RealRows<T> wEnc = RealRows<T>.Of(arguments.WEnc);
        LatentVisit<T> visit = new(Host.Decided(arguments.Inputs), wEnc, RealRows<T>.Of(arguments.WDec));
        Reals<T> gradBEnc = Reals<T>.Of(arguments.GradBEnc);
        Reals<T> rowSquaredNorms = Reals<T>.Of(arguments.RowSquaredNorms);
        double[] encoderPath = new double[wEnc.Columns];
        for (int latent = 0; latent < arguments.WEnc.Rows; latent++)
        {
            visit.Visit(latent);
            StoreRow<T>(visit.GradWEnc, arguments.GradWEnc, latent);
            StoreRow<T>(visit.GradWDec, arguments.GradWDec, latent);
            gradBEnc[latent] = visit.GradBEnc;
            rowSquaredNorms[latent] = visit.SquaredNorm;
            AddEncoderPath(visit.GradPath, wEnc, latent, encoderPath);
        }

        StoreRow<T>(encoderPath, new RealMatrix(arguments.EncoderPath, 1, encoderPath.Length), 0);
    }

    /// <summary>Adds a latent's part of the encoder's path, usually ∂b_enc[j] · W_enc[j], to a vector.</summary>
    public static void AddEncoderPath<T>(double gradPath, RealRows<T> wEnc, int latent, double[] encoderPath)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int d = 0; d < encoderPath.Length; d++)
        {
            encoderPath[d] += gradPath * wEnc[latent, d];
        }
    }

    /// <summary>Stores a vector as a row of a matrix, where there is one.</summary>
    public static void StoreRow<T>(double[] source, RealMatrix? matrix, int row)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (matrix is not RealMatrix target)
        {
            return;
        }

        RealRows<T> rows = RealRows<T>.Of(target);
        for (int d = 0; d < source.Length; d++)
        {
            rows[row, d] = source[d];
        }
    }
}
