using SaeKernels.Abstractions;
using SaeKernels.Reference;
using SaeKernels.Testing;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

/// <summary>Loss and gradient of an objective in float64, all parameters in one array.</summary>
/// <remarks>They follow each other as in <see cref="FlatParameters"/>. Of tied weights there is one matrix.</remarks>
internal static class ObjectiveGradient
{
    public static (double Loss, double[] Gradient) Compute(
        SaeConfig config,
        double[] parameters,
        double[][] batch,
        Func<IComputeBackend, SaeParameters, TrainingObjective> create,
        long step = 1,
        bool isTied = false,
        double[][]? targets = null)
    {
        using ReferenceBackend<double> backend = new();
        using SaeParameters model = new(backend, config, isTied);
        foreach ((RealBuffer buffer, int first) in Places(model, isTied))
        {
            buffer.Upload(parameters.AsSpan(first, (int)buffer.Length));
        }

        using TrainingObjective objective = create(backend, model);
        using RealBuffer x = backend.AllocateReal("x", batch.Length * config.DIn);
        x.Upload([.. batch.SelectMany(row => row)]);
        using RealBuffer y = backend.AllocateReal("y", batch.Length * config.DOut);
        y.Upload([.. (targets ?? []).SelectMany(row => row)]);
        using SaeParameters gradients = new(backend, config);
        objective.Gradients(
            new RealMatrix(x, batch.Length, config.DIn),
            new SaeGradients(gradients.WEnc, gradients.BEnc, gradients.WDec, gradients.BDec)
            {
                LatentVectors = gradients.LatentVectors.ToDictionary(pair => pair.Vector.Name, pair => pair.Values),
                WSkip = gradients.WSkip,
            },
            step,
            targets is null ? null : new RealMatrix(y, batch.Length, config.DOut));
        if (isTied)
        {
            TensorAssert.Equal("WEnc", gradients.WDec.ToArray(), gradients.WEnc.ToArray());
        }

        double[] gradient = new double[parameters.Length];
        foreach ((RealBuffer buffer, int first) in Places(gradients, isTied))
        {
            buffer.Download(gradient.AsSpan(first, (int)buffer.Length));
        }

        // What clips is the norm of all of it.
        StepReport report = objective.Report();
        double norm = Math.Sqrt(gradient.Sum(value => value * value));
        Assert.Equal(norm, report.GradientNorm, 1e-12 * norm);
        return (report.Loss, gradient);
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
            .. parameters.WSkip is RealMatrix skip ? (RealBuffer[])[skip.Buffer] : [],
        ])
        {
            yield return (buffer, first);
            first += (int)buffer.Length;
        }
    }
}
