using SaeKernels.Abstractions;
using SaeKernels.Reference;
using SaeKernels.Testing;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

/// <summary>Loss and gradient of an objective in float64, all parameters in one array.</summary>
/// <remarks>
/// They follow each other: W_enc, W_dec, b_enc, b_dec, and what latents have beside that and is trained. Of tied
/// weights there is one matrix.
/// </remarks>
internal static class ObjectiveGradient
{
    public static (double Loss, double[] Gradient) Compute(
        SaeConfig config,
        double[] parameters,
        double[] batch,
        Func<IComputeBackend, SaeParameters, TrainingObjective> create,
        long step = 1,
        bool isTied = false)
    {
        using ReferenceBackend<double> backend = new();
        using SaeParameters model = new(backend, config, isTied);
        foreach ((RealBuffer buffer, int first) in Places(model, isTied))
        {
            buffer.Upload(parameters.AsSpan(first, (int)buffer.Length));
        }

        using TrainingObjective objective = create(backend, model);
        using RealBuffer x = backend.AllocateReal("x", batch.Length);
        x.Upload(batch);
        using SaeParameters gradients = new(backend, config);
        objective.Gradients(
            new RealMatrix(x, batch.Length / config.DIn, config.DIn),
            new SaeGradients(gradients.WEnc, gradients.BEnc, gradients.WDec, gradients.BDec)
            {
                LatentVectors = gradients.LatentVectors.ToDictionary(pair => pair.Vector.Name, pair => pair.Values),
            },
            step);
        if (isTied)
        {
            TensorAssert.Equal("WEnc", gradients.WDec.ToArray(), gradients.WEnc.ToArray());
        }

        double[] gradient = new double[parameters.Length];
        foreach ((RealBuffer buffer, int first) in Places(gradients, isTied))
        {
            buffer.Download(gradient.AsSpan(first, (int)buffer.Length));
        }

        return (objective.Report().Loss, gradient);
    }

    /// <summary>
    /// Fails unless each number is within a millionth of the central difference of a loss, or of a share of the
    /// largest; returns the differences.
    /// </summary>
    public static double[] RequireCentral(
        double[] parameters, Func<double> loss, double[] gradient, double step, double share)
    {
        double[] expected = FiniteDifferences.Central(parameters, loss, step);
        RequireClose(expected, gradient, share);
        return expected;
    }

    /// <summary>Fails unless each number is within a millionth of another, or of a share of the largest.</summary>
    public static void RequireClose(double[] expected, double[] gradient, double share)
    {
        double least = share * expected.Max(Math.Abs);
        TensorAssert.Within(
            "gradient", expected, gradient, i => 1e-6 * Math.Max(Math.Abs(expected[i]), least));
    }

    private static IEnumerable<(RealBuffer Buffer, int First)> Places(SaeParameters parameters, bool isTied)
    {
        int first = 0;
        foreach (RealBuffer buffer in (IEnumerable<RealBuffer>)
        [
            .. isTied ? (RealBuffer[])[] : [parameters.WEnc.Buffer],
            parameters.WDec.Buffer,
            parameters.BEnc,
            parameters.BDec,
            .. parameters.LatentVectors.Where(pair => pair.Vector.IsTrained).Select(pair => pair.Values),
        ])
        {
            yield return (buffer, first);
            first += (int)buffer.Length;
        }
    }
}
