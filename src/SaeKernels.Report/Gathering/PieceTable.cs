using System.Text;

namespace SaeKernels.Report;

/// <summary>Every piece of text that the report shows, once, with a number for each.</summary>
internal sealed class PieceTable
{
    // A piece of more symbols than this is cut: nobody reads it, and it would be in every example's way.
    private const int MostLength = 400;
    private readonly Dictionary<string, int> places = new(StringComparer.Ordinal);
    private readonly List<string> pieces = [];

    public IReadOnlyList<string> Pieces => this.pieces;

    public int PlaceOf(string piece)
    {
        if (this.places.TryGetValue(piece, out int place))
        {
            return place;
        }

        this.places[piece] = this.pieces.Count;
        this.pieces.Add(Clean(piece));
        return this.pieces.Count - 1;
    }

    /// <summary>Cuts what is too long and replaces halves of surrogate pairs, which no encoding can write.</summary>
    private static string Clean(string piece)
    {
        string cut = piece.Length > MostLength ? string.Concat(piece.AsSpan(0, MostLength), "…") : piece;
        StringBuilder clean = new(cut.Length);
        foreach (Rune rune in cut.EnumerateRunes())
        {
            clean.Append(rune);
        }

        return clean.ToString();
    }
}
