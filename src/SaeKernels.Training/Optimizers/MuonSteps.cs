using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>Muon's steps of matrices, and room for the gradients of both weight matrices.</summary>
/// <remarks>
/// <para>m ← β·m + (1 − β)·g; u = (1 − β)·g + β·m (Nesterov); w ← (1 − η·λ)·w − η · 0.2 · √max(rows, columns) · O(u),
/// O being <see cref="IComputeBackend.Orthogonalize"/> with five iterations. The factor gives an update of full rank
/// the root mean square of one of Adam's, about 0.2.</para>
/// <para>A step is no matter of single rows, so whole gradients are stored, in the memory that Adam has for second
/// moments. Rows of unit length get it back after the step: the part of a gradient along its row is taken off before
/// the momentum, but the orthogonalised step has one again, since it mixes rows.</para>
/// <para>Source: Jordan et al. 2024, "Muon"; decay and factor: Liu et al. 2025, "Muon is scalable for LLM training",
/// §2.2; for sparse autoencoders: github.com/EleutherAI/sparsify, muon.py.</para>
/// </remarks>
internal sealed class MuonSteps : IDisposable
{
    private const double RootMeanSquare = 0.2;
    private readonly IComputeBackend backend;
    private readonly double momentum;

    /// <summary>Allocates gradients.</summary>
    /// <param name="backend">Computes.</param>
    /// <param name="parameters">The model.</param>
    /// <param name="momentum">β, above 0 and below 1.</param>
    public MuonSteps(IComputeBackend backend, SaeParameters parameters, double momentum)
    {
        this.backend = backend;
        this.momentum = momentum;
        this.GradWDec = Like(parameters.WDec, "GradWDec");
        this.GradWEnc = parameters.IsTied ? null : Like(parameters.WEnc, "GradWEnc");
    }

    /// <summary>∂W_enc [DSae, DIn]; null where both matrices are one.</summary>
    public RealMatrix? GradWEnc { get; }

    /// <summary>∂W_dec [DSae, DOut], with what the encoder's side adds where both matrices are one.</summary>
    public RealMatrix GradWDec { get; }

    /// <summary>Takes a step of every matrix, along the gradients that are stored; they are overwritten.</summary>
    /// <param name="optimizer">The matrices with their momenta; updated.</param>
    /// <param name="gradSkip">The gradient of a path that skips the latents; null where there is none.</param>
    /// <param name="step">Learning rate and weight decay.</param>
    /// <param name="normalizeDecoder">Whether decoder rows are scaled to unit length afterwards.</param>
    public void Take(OptimizerState optimizer, RealMatrix? gradSkip, in OptimizerStep step, bool normalizeDecoder)
    {
        Take(optimizer.WDec, this.GradWDec, step);
        if (this.GradWEnc is RealMatrix gradWEnc)
        {
            Take(optimizer.WEnc, gradWEnc, step);
        }

        if (optimizer.WSkip is AdamParameters skip)
        {
            Take(skip, gradSkip!.Value, step);
        }

        if (normalizeDecoder)
        {
            this.backend.NormalizeRows(new NormalizeRowsArguments
            {
                Matrix = new RealMatrix(optimizer.WDec.Values, this.GradWDec.Rows, this.GradWDec.Columns),
            });
        }
    }

    /// <summary>Frees the gradients.</summary>
    public void Dispose()
    {
        this.GradWDec.Buffer.Dispose();
        this.GradWEnc?.Buffer.Dispose();
    }

    private void Take(AdamParameters parameters, RealMatrix gradient, in OptimizerStep step)
    {
        double share = 1 - this.momentum;
        AddTo(parameters.FirstMoment, this.momentum, gradient.Buffer, share);
        AddTo(gradient.Buffer, share, parameters.FirstMoment, this.momentum);
        this.backend.Orthogonalize(new OrthogonalizeArguments { Matrix = gradient });
        double length = RootMeanSquare * Math.Sqrt(Math.Max(gradient.Rows, gradient.Columns));
        AddTo(
            parameters.Values,
            1 - (step.LearningRate * step.WeightDecay),
            gradient.Buffer,
            -step.LearningRate * length);
    }

    private RealMatrix Like(RealMatrix matrix, string name) => new(
        this.backend.AllocateReal(name, (long)matrix.Rows * matrix.Columns), matrix.Rows, matrix.Columns);

    private void AddTo(RealBuffer sum, double factor, RealBuffer other, double otherFactor) =>
        this.backend.WeightedSum(new WeightedSumArguments
        {
            Length = sum.Length,
            First = sum,
            FirstFactor = factor,
            Second = other,
            SecondFactor = otherFactor,
            Sum = sum,
        });
}
