using System.Globalization;

namespace SaeKernels.Report;

/// <summary>The text that a vector stands for.</summary>
public sealed class RowTexts
{
    private readonly Func<long, string> textOf;

    private RowTexts(RowKind kind, Func<long, string> textOf, Func<long, string>? pieceOf = null)
    {
        this.Kind = kind;
        this.textOf = textOf;
        this.PieceOfToken = pieceOf;
    }

    /// <summary>What a vector stands for.</summary>
    public RowKind Kind { get; }

    /// <summary>The text of a token; null where tokens are no text.</summary>
    internal Func<long, string>? PieceOfToken { get; }

    /// <summary>Vectors are tokens of a vocabulary.</summary>
    /// <param name="tokenIds">The token of each vector.</param>
    /// <param name="vocabulary">
    /// The piece of each token; null, or too short a list, shows tokens by their number.
    /// </param>
    public static RowTexts Tokens(IReadOnlyList<long> tokenIds, IReadOnlyList<string>? vocabulary) =>
        new(
            RowKind.Tokens,
            row => PieceOf(tokenIds[(int)row], vocabulary),
            vocabulary is null ? null : token => PieceOf(token, vocabulary));

    /// <summary>Vectors are words, or other texts, that stand alone.</summary>
    /// <param name="words">The text of each vector.</param>
    public static RowTexts Words(IReadOnlyList<string> words) => new(RowKind.Words, row => words[(int)row]);

    /// <summary>Vectors are pictures, which have a number.</summary>
    public static RowTexts Images() => new(RowKind.Images, Number);

    /// <summary>Vectors have a number.</summary>
    public static RowTexts Vectors() => new(RowKind.Vectors, Number);

    /// <summary>Returns the text of a vector.</summary>
    /// <param name="row">The vector.</param>
    public string Of(long row) => this.textOf(row);

    private static string PieceOf(long token, IReadOnlyList<string>? vocabulary) =>
        vocabulary is not null && token >= 0 && token < vocabulary.Count
            ? vocabulary[(int)token]
            : string.Create(CultureInfo.InvariantCulture, $" {token}");

    private static string Number(long row) => row.ToString(CultureInfo.InvariantCulture);
}
