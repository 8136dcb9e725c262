namespace SaeKernels.Abstractions;

/// <summary>
/// A penalty on activations: scale · Σ φ(n[j] · v) over the entries, n[j] being 1, the decoder row's length or the sum
/// of its parts' lengths, and φ(u) = u (L1) or another <see cref="PenaltyCurve"/>.
/// </summary>
/// <remarks>
/// It adds scale · n[j] · φ′(n[j]·v) to the dz of every entry, and where n[j] is ‖W_dec[j]‖ also
/// scale · Σ v · φ′(n[j]·v) · W_dec[j] / ‖W_dec[j]‖ to ∂W_dec[j]; for a row of zeros that is 0. Of a sum over parts
/// each part gets that along itself.
/// Source: Bricken et al. 2023 (n = 1); Anthropic interpretability team, "Training sparse autoencoders", April 2024;
/// Lindsey et al., "Sparse crosscoders", October 2024 (parts).
/// </remarks>
public readonly record struct SparsityPenalty
{
    /// <summary>The derivative of the loss by φ, usually λ / batch; at least 0.</summary>
    public required double Scale { get; init; }

    /// <summary>Where not null, a factor on <see cref="Scale"/> that the device reads; at least 0.</summary>
    public ScalarSlot? Factor { get; init; }

    /// <summary>Whether n[j] is ‖W_dec[j]‖; else 1. Not with projected decoder gradients.</summary>
    public required bool ByDecoderNorm { get; init; }

    /// <summary>φ; default <see cref="PenaltyCurve.Linear"/>.</summary>
    public PenaltyCurve Curve { get; init; }

    /// <summary>
    /// Where the parts of a decoder row end that belong to different sites, ascending, the last one DOut; [Sites]. Then
    /// n[j] is the sum of the lengths of its parts, and each part is pulled along itself. Null for the whole row; only
    /// with <see cref="ByDecoderNorm"/>, and not with an <see cref="InactivePenalty"/>.
    /// </summary>
    public IntBuffer? SiteEnds { get; init; }

    /// <summary>The number of parts; at least 1, and 1 by default.</summary>
    public int Sites { get; init; } = 1;

    /// <summary>A number that divides every end; at least 1, by default 1. With 4 devices load more at once.</summary>
    public int SiteAlignment { get; init; } = 1;

    /// <summary>
    /// Whether a latent pays once for each of <see cref="LatentGradientInputs.Prefixes"/> that holds it; else once.
    /// </summary>
    public bool PerPrefix { get; init; }

    /// <summary>Receives Σ φ(n[j] · v) of each latent, as many times as it pays, [DSae].</summary>
    public required RealBuffer Sums { get; init; }

    /// <summary>Makes a penalty without sites.</summary>
    public SparsityPenalty()
    {
    }

    internal void Validate(string operation, int latents, bool isProjected)
    {
        Shape.Require(
            this.Scale >= 0 && double.IsFinite(this.Scale),
            operation,
            $"Penalty.Scale must be a number of at least 0, but is {this.Scale}.",
            "Change Penalty.Scale.");
        Shape.Require(
            !(this.ByDecoderNorm && isProjected),
            operation,
            $"Penalty.ByDecoderNorm must be false where ProjectDecoderGradient is {true}, but is {this.ByDecoderNorm}.",
            "Rows of unit length need no weight.");
        Shape.RequireLength(operation, "Penalty.Sums", this.Sums, latents);
        Shape.Require(
            this.Sites >= 1 && this.SiteAlignment >= 1 && (this.Sites == 1 || this.SiteEnds is not null),
            operation,
            $"Penalty.Sites and SiteAlignment must be at least 1, with SiteEnds for more than one, but are "
            + $"{this.Sites} and {this.SiteAlignment}.",
            "Change them.");
        if (this.SiteEnds is not null)
        {
            Shape.RequireLength(operation, "Penalty.SiteEnds", this.SiteEnds, this.Sites);
            Shape.Require(
                this.ByDecoderNorm,
                operation,
                $"Penalty.ByDecoderNorm must be true where SiteEnds are given, but is {this.ByDecoderNorm}.",
                "Leave SiteEnds out.");
        }
    }
}
