using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   z = p · H(p − θ) with p = b_enc + W_enc · x̃, e = y − b_dec − Σ z · W_dec[i, ·], ‖e‖² and its mean;
///            as EncodeThreshold and DecodeResidual where the codes have room
/// Work       2 · batch · DSae · (DIn + DOut) FLOP, or that of the two
/// Traffic    4 · batch · DSae · (DIn + DOut) bytes (all weights anew for each row)
/// Launch     one thread, row after row
/// Shared     DSae + DOut float64 of scratch        Barriers  none
/// Order      d, then i, then d ascending, in float64; deterministic
/// Error      z as EncodeThreshold, rounded; (DSae + 2) · 2⁻⁵³ · (|y| + |b| + Σ|z·w|), and one rounding
/// Source     Bricken et al. 2023
/// </summary>
internal static unsafe class ReluResidual
{
    public static void Run<T>(in ReluResidualArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        arguments.Validate();
        if (arguments.Codes is SparseCodes codes)
        {
            if (arguments.Gate is null)
            {
                EncodeThreshold.Run<T>(arguments.Listing(codes));
            }

            if (Host.Fits(codes))
            {
                DecodeResidual.Run<T>(arguments.Decoding(codes));
                CountActive(new Codes<T>(codes), arguments);
                return;
            }
        }

        Decode<T>(arguments);
    }

    private static void CountActive<T>(Codes<T> codes, in ReluResidualArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int* activeRows = Host.Ints(arguments.ActiveRows);
        new Span<int>(activeRows, arguments.WEnc.Rows).Clear();
        for (int entry = codes.RowOffsets[0]; entry < codes.RowOffsets[arguments.Input.Rows]; entry++)
        {
            activeRows[codes.Indices[entry]] += codes.Values[entry] != 0 ? 1 : 0;
        }
    }

    private static void Decode<T>(in ReluResidualArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        RealRows<T> residuals = RealRows<T>.Of(arguments.Residuals);
        RealRows<T> targets = RealRows<T>.Of(arguments.Targets);
        Reals<T> rowSquaredErrors = Reals<T>.Of(arguments.RowSquaredErrors);
        PreActivations<T> preActivations = new(arguments.Input, arguments.WEnc, arguments.BEnc);
        int* activeRows = Host.Ints(arguments.ActiveRows);
        new Span<int>(activeRows, arguments.WEnc.Rows).Clear();
        double[] cuts = EncodeThreshold.Cuts<T>(arguments.Threshold, arguments.WEnc.Rows);
        double[] reconstruction = new double[arguments.WDec.Columns];
        int rows = arguments.Input.Rows;
        double total = 0;
        for (int row = 0; row < rows; row++)
        {
            Decode<T>(preActivations.Of(row), cuts, arguments, reconstruction, activeRows);
            double squares = 0;
            for (int d = 0; d < reconstruction.Length; d++)
            {
                double residual = targets[row, d] - reconstruction[d];
                residuals[row, d] = residual;
                squares += residual * residual;
            }

            rowSquaredErrors[row] = squares;
            total += squares;
        }

        Host.Store<T>(arguments.MeanSquaredError, rows == 0 ? 0 : total / rows);
    }

    private static void Decode<T>(
        double[] preActivations,
        double[] cuts,
        in ReluResidualArguments arguments,
        double[] reconstruction,
        int* activeRows)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        RealRows<T> wDec = RealRows<T>.Of(arguments.WDec);
        Reals<T> bDec = Reals<T>.Of(arguments.BDec);
        for (int d = 0; d < reconstruction.Length; d++)
        {
            reconstruction[d] = bDec[d];
        }

        for (int latent = 0; latent < preActivations.Length; latent++)
        {
            double value = preActivations[latent];
            if (value > cuts[latent] || double.IsNaN(value))
            {
                value = arguments.Gate is GatedMagnitudes gate ? MagnitudeOf<T>(gate, latent, value) : value;
                activeRows[latent] += value != 0 ? 1 : 0;
                for (int d = 0; d < reconstruction.Length; d++)
                {
                    reconstruction[d] += value * wDec[latent, d];
                }
            }
        }
    }

    private static double MagnitudeOf<T>(GatedMagnitudes gate, int latent, double preActivation)
        where T : unmanaged, IFloatingPointIeee754<T> => Reals<T>.Round(
            GateMagnitudes.Of(Reals<T>.Of(gate.Gains)[latent], Reals<T>.Of(gate.Shifts)[latent], preActivation));
}
