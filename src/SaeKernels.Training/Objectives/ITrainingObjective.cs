using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>A loss with its training step: what differs from one architecture to the next.</summary>
public interface ITrainingObjective : IDisposable
{
    /// <summary>The vectors that went by since each latent was last active, [DSae].</summary>
    LongBuffer TokensSinceFired { get; }

    /// <summary>1 for each dead latent, [DSae].</summary>
    IntBuffer DeadMask { get; }

    /// <summary>Takes one optimiser step on a batch.</summary>
    /// <param name="activations">The batch x [≤ batch, DIn], normalised.</param>
    /// <param name="moments">Adam's moments; updated, with the parameters.</param>
    /// <param name="adam">Adam's scalars; schedules of the loss count its steps.</param>
    void TakeStep(RealMatrix activations, AdamMoments moments, AdamStep adam);

    /// <summary>Waits for the device and returns the figures of the last step.</summary>
    StepReport Report();
}
