using SaeKernels.Abstractions;
using SaeKernels.Testing;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

/// <summary>One loss of one architecture, by its formula and by the objective that trains it.</summary>
internal sealed record GradientCase
{
    /// <summary>The variance that all losses are measured in.</summary>
    public const double Variance = 4.5;

    public required string Architecture { get; init; }

    public required string Variant { get; init; }

    public required GradientInputs Inputs { get; init; }

    /// <summary>The loss from its formula. What is active is held at that of the start, ties included.</summary>
    public required Func<double[], double> Loss { get; init; }

    public required Func<IComputeBackend, SaeParameters, TrainingObjective> Create { get; init; }

    /// <summary>Which latents are active in which rows.</summary>
    public required bool[][] Active { get; init; }

    /// <summary>Which are not because the lowest index, or what is above a threshold, is alone to count.</summary>
    public required bool[][] LostTies { get; init; }

    /// <summary>Whether activations are listed, and not gone through in blocks; null where there is one way.</summary>
    public bool? IsListed { get; init; }

    /// <summary>Pairs of a row and a latent that would be listed; null for those that are active.</summary>
    public int? Entries { get; init; }

    /// <summary>Adds straight-through gradients, which no difference of losses has.</summary>
    public Action<double[]> AddWritten { get; init; } = _ => { };

    /// <summary>How far differences go: rounding asks for far, what bends for near.</summary>
    public double DifferenceStep { get; init; } = 3e-4;

    /// <summary>The step that schedules are taken at.</summary>
    public long Step { get; init; } = 1;

    public IReadOnlyList<int>? Sites { get; init; }

    public int K { get; init; }

    public bool IsTied { get; init; }

    /// <summary>Differences of the formula, and what is written beside them; of tied weights the sum.</summary>
    public double[] Expected()
    {
        double[] p = [.. this.Inputs.Start];
        double[] gradient = FiniteDifferences.FourthOrder(p, () => this.Loss(p), this.DifferenceStep);
        this.AddWritten(gradient);
        int matrix = this.Inputs.Layout.WDec;
        for (int i = 0; this.IsTied && i < matrix; i++)
        {
            gradient[matrix + i] += gradient[i];
        }

        return this.IsTied ? gradient[matrix..] : gradient;
    }

    /// <summary>Loss and gradient of the objective.</summary>
    public (double Loss, double[] Gradient) Compute()
    {
        FlatParameters layout = this.Inputs.Layout;
        SaeConfig config = new()
        {
            Architecture = this.Architecture,
            DIn = layout.DIn,
            TargetWidth = layout.TargetWidth,
            Sites = this.Sites,
            DSae = layout.Latents,
            K = this.K,
        };
        return ObjectiveGradient.Compute(
            config,
            this.IsTied ? this.Inputs.Start[layout.WDec..] : this.Inputs.Start,
            this.Inputs.Batch,
            this.Create,
            this.Step,
            this.IsTied,
            this.Inputs.Targets);
    }
}
