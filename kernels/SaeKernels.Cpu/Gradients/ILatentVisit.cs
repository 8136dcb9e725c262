namespace SaeKernels.Cpu;

/// <summary>Computes the gradients of one latent after another and leaves them in a thread's scratch.</summary>
internal unsafe interface ILatentVisit
{
    /// <summary>
    /// Latents that a thread visits in one go, ascending: whole panels of the screen, few enough to share the work out
    /// evenly, and at most 256 chunks, each of which needs DIn partial sums.
    /// </summary>
    int LatentsPerChunk { get; }

    /// <summary>The gradient rows of each thread.</summary>
    GradientRows Rows { get; }

    /// <summary>Computes the gradients of a latent; rows are left in the thread's scratch.</summary>
    /// <param name="latent">The latent.</param>
    /// <param name="worker">The thread.</param>
    /// <param name="squaredNorm">Receives the squared norm of all gradients together.</param>
    /// <param name="gradPath">Receives what W_enc[j] is multiplied with in the encoder's path.</param>
    /// <returns>∂b_enc.</returns>
    float Visit(int latent, int worker, out float squaredNorm, out float gradPath);
}
