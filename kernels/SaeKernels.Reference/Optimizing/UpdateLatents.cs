using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   LatentGradients, then AdamUpdate on W_enc[j], b_enc[j] and W_dec[j], then NormalizeRows on W_dec[j], then
///            WeightedSum on the averages of all three where there are such
/// Work       that of the four
/// Traffic    4 · entries · (DOut + DIn) + 24 · DSae · (DOut + DIn) bytes, 8 · DSae · (DOut + DIn) for averages
/// Launch     one thread, latent after latent
/// Shared     DOut + 2 · DIn float64 of scratch        Barriers  none
/// Order      entries ascending, d ascending, in float64; deterministic
/// Error      the gradient is not rounded before the step; then that of AdamUpdate, NormalizeRows and WeightedSum
/// Source     Gao et al. 2024, §2.3; Kingma and Ba, ICLR 2015
/// </summary>
internal static class UpdateLatents
{
    public static void Run<T>(in UpdateLatentsArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        arguments.Validate();
        LatentGradientInputs inputs = Host.Decided(arguments.Inputs);
        int dIn = inputs.Input.Columns;
        int dOut = inputs.Residuals.Columns;
        RealRows<T> wEnc = RealRows<T>.Of(arguments.WEnc.Values, dIn);
        RealRows<T> wDec = RealRows<T>.Of(arguments.WDec.Values, dOut);
        LatentVisit<T> visit = new(inputs, wEnc, wDec);
        Reals<T> rowSquaredNorms = Reals<T>.Of(arguments.RowSquaredNorms);
        double factor = arguments.GradientFactor is ScalarSlot slot ? Host.Load<T>(slot) : 1;
        double[] encoderPath = new double[dIn];
        for (int latent = 0; latent < inputs.Latents; latent++)
        {
            visit.Visit(latent);
            rowSquaredNorms[latent] = visit.SquaredNorm;
            LatentGradients.AddEncoderPath(visit.GradPath, wEnc, latent, encoderPath);
            if (!inputs.IsTied)
            {
                ApplyRow<T>(arguments.Step, arguments.WEnc, latent, visit.GradWEnc, factor);
            }

            ApplyRow<T>(arguments.Step, arguments.WDec, latent, visit.GradWDec, factor);
            OptimizerStep biasStep = arguments.Step with { WeightDecay = 0 };
            AdamUpdate.Apply<T>(biasStep, arguments.BEnc, latent, factor * visit.GradBEnc);
            if (arguments.NormalizeDecoder)
            {
                NormalizeRows.Row(wDec, latent);
            }

            if (arguments.Averages is RowAverages averages)
            {
                AverageRows<T>(arguments, averages, latent);
            }
        }

        LatentGradients.StoreRow<T>(encoderPath, new RealMatrix(arguments.EncoderPath, 1, dIn), 0);
    }

    private static void AverageRows<T>(in UpdateLatentsArguments arguments, RowAverages averages, int latent)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (!arguments.Inputs.IsTied)
        {
            AverageRow<T>(averages, averages.WEnc, arguments.WEnc.Values, latent, arguments.Inputs.Input.Columns);
        }

        AverageRow<T>(averages, averages.BEnc, arguments.BEnc.Values, latent, 1);
        AverageRow<T>(averages, averages.WDec, arguments.WDec.Values, latent, arguments.Inputs.Residuals.Columns);
    }

    private static void AverageRow<T>(
        RowAverages averages, RealBuffer average, RealBuffer values, int latent, int columns)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        WeightedSumArguments sum = new()
        {
            Length = average.Length,
            First = average,
            FirstFactor = averages.Decay,
            Second = values,
            SecondFactor = 1 - averages.Decay,
            Sum = average,
        };
        WeightedSum.Add<T>(sum, (long)latent * columns, columns);
    }

    private static void ApplyRow<T>(
        in OptimizerStep step, AdamParameters parameters, int latent, double[] gradient, double factor)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int d = 0; d < gradient.Length; d++)
        {
            AdamUpdate.Apply<T>(step, parameters, ((long)latent * gradient.Length) + d, factor * gradient[d]);
        }
    }
}
