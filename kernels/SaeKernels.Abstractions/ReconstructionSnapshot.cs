using SaeKernels.Numerics;

namespace SaeKernels.Abstractions;

/// <summary>What <see cref="ReconstructionStatistics"/> know of vectors y and their reconstructions ŷ.</summary>
public sealed record ReconstructionSnapshot
{
    /// <summary>Sums over vectors.</summary>
    public required ReconstructionSums Sums { get; init; }

    /// <summary>Σ ‖y − ȳ‖².</summary>
    public required CompensatedSum Variation { get; init; }

    /// <summary>What <see cref="Mean"/> is relative to, so that a mean far from 0 costs no digits; [width].</summary>
    public required IReadOnlyList<double> Shift { get; init; }

    /// <summary>The mean of y, less <see cref="Shift"/>; [width].</summary>
    public required IReadOnlyList<double> Mean { get; init; }
}

/// <summary>Sums over vectors y and their reconstructions ŷ.</summary>
public struct ReconstructionSums
{
    private CompensatedSum squaredErrors;
    private CompensatedSum squaredReconstructions;
    private CompensatedSum products;
    private CompensatedSum cosines;
    private CompensatedSum lengthRatios;

    /// <summary>The number of vectors.</summary>
    public long Vectors { get; private set; }

    /// <summary>The vectors y that are not 0.</summary>
    public long NonZeroVectors { get; private set; }

    /// <summary>Σ ‖y − ŷ‖².</summary>
    public readonly double SquaredErrors => this.squaredErrors.Value;

    /// <summary>Σ ‖ŷ‖².</summary>
    public readonly double SquaredReconstructions => this.squaredReconstructions.Value;

    /// <summary>Σ ⟨y, ŷ⟩.</summary>
    public readonly double Products => this.products.Value;

    /// <summary>Σ of the cosine between y and ŷ, over y that are not 0; 0 where ŷ is 0.</summary>
    public readonly double Cosines => this.cosines.Value;

    /// <summary>Σ ‖ŷ‖ / ‖y‖, over y that are not 0.</summary>
    public readonly double LengthRatios => this.lengthRatios.Value;

    /// <summary>Adds a vector.</summary>
    /// <param name="squaredError">‖y − ŷ‖².</param>
    /// <param name="squaredTarget">‖y‖².</param>
    /// <param name="squaredReconstruction">‖ŷ‖².</param>
    /// <param name="product">⟨y, ŷ⟩.</param>
    public void AddVector(double squaredError, double squaredTarget, double squaredReconstruction, double product)
    {
        this.Vectors++;
        this.squaredErrors.Add(squaredError);
        this.squaredReconstructions.Add(squaredReconstruction);
        this.products.Add(product);
        if (squaredTarget == 0)
        {
            return;
        }

        this.NonZeroVectors++;
        double length = Math.Sqrt(squaredTarget);
        double reconstructedLength = Math.Sqrt(squaredReconstruction);
        this.cosines.Add(reconstructedLength == 0 ? 0 : product / (length * reconstructedLength));
        this.lengthRatios.Add(reconstructedLength / length);
    }

    /// <summary>Adds the sums over other vectors.</summary>
    /// <param name="other">The other sums; not changed.</param>
    public void Add(in ReconstructionSums other)
    {
        this.Vectors += other.Vectors;
        this.NonZeroVectors += other.NonZeroVectors;
        this.squaredErrors.Add(other.squaredErrors);
        this.squaredReconstructions.Add(other.squaredReconstructions);
        this.products.Add(other.products);
        this.cosines.Add(other.cosines);
        this.lengthRatios.Add(other.lengthRatios);
    }
}
